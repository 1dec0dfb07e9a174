/** Runs gpu.mjs in the runtimes of the suite that have WebGPU. Passes, bytes and waits are the same on hardware. */
import { softwareGpu } from '../scripts/software-gpu.mjs';
import { inChromium } from './lib/chromium.mjs';
import { inProcess, reasonOf } from './lib/process.mjs';
import { inVisitor } from './lib/visitor.mjs';

const MODULE = 'gpu.mjs';

/**
 * @param {import('./lib/machine.mjs').Host[]} hosts
 * @returns {Promise<import('./lib/table.mjs').Finding[]>}
 */
export async function bench(hosts) {
  Object.assign(process.env, softwareGpu());
  const findings = [];
  for (const { label, command, chromium, visitor, missing } of hosts) {
    // Node has WebGPU only by a package, which is Dawn, as in Chromium; WebKitGTK has none
    if (/^(Node|WebKit)/.test(label)) continue;
    try {
      if (missing) throw new Error(missing);
      const run = visitor
        ? inVisitor(visitor, MODULE)
        : chromium
          ? inChromium(chromium, MODULE)
          : inProcess(command, MODULE);
      findings.push(findingOf(label, await run));
    } catch (error) {
      const reason = [{ what: label, reason: reasonOf(error) }];
      findings.push({ title: 'WebGPU', columns: [], rows: [], notes: [], missing: reason });
    }
  }
  return findings;
}

/**
 * @param {string} label
 * @param {import('./gpu.mjs').Outcome} outcome
 * @returns {import('./lib/table.mjs').Finding}
 */
function findingOf(label, { adapter, rows, callMs, denseMB, leastMB, call }) {
  return {
    title: `WebGPU passes of the work item, ${label}`,
    subject: adapter,
    columns: [
      { key: 'pass', label: 'pass' },
      { key: 'dispatches', label: 'dispatches', digits: 0 },
      { key: 'workgroups', label: 'workgroups', digits: 0 },
      { key: 'readMB', label: 'MB read', digits: 2 },
      { key: 'writtenMB', label: 'MB written', digits: 2 },
      { key: 'ms', label: 'ms on the device', digits: 1 },
    ],
    rows: rows.map(({ bandwidth: _, ...row }) => row),
    notes: [
      `passes over tensors move ${denseMB.toFixed(1)} MB, ${(denseMB / leastMB).toFixed(3)} times the least, ${leastMB.toFixed(1)} MB`,
      `a call: ${callMs.toFixed(0)} ms, ${call.waits} waits, ${call.submits} submits, ` +
        `${call.upKB.toFixed(1)} kB up, ${call.downKB.toFixed(1)} kB down`,
    ],
  };
}
