import type { LossSums } from '../backend.ts';
import type { DeviceCall } from './device-call.ts';
import { recordFold } from './record.ts';
import type { Binding } from './recorder.ts';
import { readSums, SUMS_BYTES } from './sums.ts';

/** Sums that a stage has folded, there once the device was waited for. */
export class SumReader {
  #bytes = new ArrayBuffer(SUMS_BYTES);

  /** Records the fold. @param slots how many partial sums there are */
  constructor(call: DeviceCall, slots: number, partials: Binding) {
    const sums = call.memory.takeReadable(SUMS_BYTES);
    recordFold(call.recorder, slots, partials, sums);
    call.read(sums, (bytes) => {
      this.#bytes = bytes.slice(0);
    });
  }

  read(): LossSums {
    return readSums(this.#bytes);
  }
}
