import type { LossSums } from '../backend.ts';
import type { DeviceCall } from './device-call.ts';
import { sumsStruct } from './generated/shared.ts';
import type { Binding } from './pass.ts';
import { recordFold } from './record.ts';
import { readSums } from './sums.ts';

/** Sums of a stage, which can be read after the next wait. */
export class SumReader {
  #bytes = new ArrayBuffer(sumsStruct.bytes);

  /** Records the fold. @param slots number of partial sums */
  constructor(call: DeviceCall, slots: number, partials: Binding) {
    const sums = call.memory.takeReadable(sumsStruct.bytes);
    recordFold(call.recorder, slots, partials, sums);
    call.read(sums, (bytes) => {
      this.#bytes = bytes.slice(0);
    });
  }

  read(): LossSums {
    return readSums(this.#bytes);
  }
}
