import { hostFloats } from '../../host-memory.ts';
import type { DetectorCall, HeadCall, HeadInputs, Purpose } from '../backend.ts';
import { type Dense, lengthOf } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { DeviceCall } from './device-call.ts';
import { DeviceHead } from './head.ts';
import { type HeadContext, openHead } from './head-context.ts';

/** A call on a device, whose tensors are in arrays or in the device's buffers. */
export class WebgpuCall implements DetectorCall {
  readonly #call: DeviceCall;
  readonly #heads: readonly HeadCall[];
  readonly #onEnd: () => void;

  /**
   * @param engine for the work of the host
   * @param compileWeighted see `HeadContext`
   */
  constructor(
    engine: CriteriaEngine,
    call: DeviceCall,
    heads: readonly HeadInputs[],
    purpose: Purpose,
    compileWeighted: HeadContext['compileWeighted'],
    onEnd: () => void,
  ) {
    this.#call = call;
    this.#onEnd = onEnd;
    this.#heads = heads.map(
      (head) => new DeviceHead(openHead(engine, call, head, compileWeighted), purpose),
    );
    call.checkBuffers(purpose.out);
  }

  head(index: number): HeadCall {
    return this.#heads[index];
  }

  allocate(like: Dense): Dense {
    if (like instanceof Float32Array) {
      return hostFloats(this.#call.action, 'gradients', lengthOf(like));
    }
    return this.#call.createOutput(like.size);
  }

  end(): void {
    this.#call.end();
    this.#onEnd();
  }
}
