"""PyTorch's class loss and gradient: pytorch.py <file of float32 logits> <threads>. Prints JSON.

The times are measured as in lib/measure.mjs, alternately with a memcpy of the logits.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

SECONDS = 3
WARMUP_SECONDS = 1.5


def main(path, threads):
    torch.set_num_threads(threads)
    data = numpy.fromfile(path, dtype=numpy.float32)
    copied = numpy.ones_like(data)
    logits = torch.from_numpy(data).requires_grad_()
    labels = torch.zeros(len(data))

    def step():
        logits.grad = None
        loss = binary_cross_entropy_with_logits(logits, labels, reduction="sum")
        loss.backward()
        return loss.item()

    def copy():
        numpy.copyto(copied, data)

    rounds(copy, step, WARMUP_SECONDS)
    times = rounds(copy, step, SECONDS)
    exact = 1 / (1 + numpy.exp(-data.astype(numpy.float64)))
    total = step()
    version = torch.__version__.split("a")[0]
    difference = numpy.linalg.norm(logits.grad.numpy() - exact)
    print(
        json.dumps(
            {
                "version": version,
                "ms": 1000 * median(work for _, work in times),
                "copyMs": 1000 * median(copied for copied, _ in times),
                "copies": median(work / copied for copied, work in times),
                "sum": total,
                "gradError": difference / numpy.linalg.norm(exact),
            }
        )
    )


def rounds(copy, step, seconds):
    times = []
    end = perf_counter() + seconds
    while perf_counter() < end:
        start = perf_counter()
        copy()
        middle = perf_counter()
        step()
        times.append((middle - start, perf_counter() - middle))
    return times


main(sys.argv[1], int(sys.argv[2]))
