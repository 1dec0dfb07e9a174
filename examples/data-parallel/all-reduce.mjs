/**
 * Sums a number over all workers through message ports, as NCCL, MPI or a parameter server does between machines.
 *
 * @typedef {import('node:worker_threads').MessagePort} MessagePort
 */

/**
 * Answers every round of numbers, one from each port, with their sum. Numbers are added in the order of the ports, so that
 * the sum has the same bits whichever arrives first.
 *
 * @param {MessagePort[]} ports one per worker
 */
export function serveSums(ports) {
  /** @type {(number | undefined)[]} */
  let round = new Array(ports.length).fill(undefined);
  ports.forEach((port, i) => {
    port.on('message', (value) => {
      round[i] = value;
      if (round.includes(undefined)) return;
      const sum = round.reduce((/** @type {number} */ total, own) => total + (own ?? 0), 0);
      round = new Array(ports.length).fill(undefined);
      for (const other of ports) other.postMessage(sum);
    });
  });
}

/**
 * Makes a worker's function that sends its number, and returns the sum over all workers.
 *
 * @param {MessagePort} port
 * @returns {(value: number) => Promise<number>}
 */
export function joinSums(port) {
  return (value) =>
    new Promise((resolve) => {
      port.once('message', resolve);
      port.postMessage(value);
    });
}
