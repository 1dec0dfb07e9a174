import { OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from 'detloss';
import { DEFAULTS, type Quantity, type Settings } from '../model/settings.ts';
import { evaluation, settings, whyNoGpu } from '../model/state.ts';
import { edit } from '../model/undo.ts';
import { Segmented } from './segmented.tsx';
import { Slider } from './slider.tsx';

interface Range {
  key: Quantity;
  label: string;
  min: number;
  max: number;
  step: number;
}

const ASSIGNER: Range[] = [
  { key: 'topk', label: 'top-k', min: 1, max: 30, step: 1 },
  { key: 'alpha', label: 'alpha', min: 0, max: 3, step: 0.1 },
  { key: 'beta', label: 'beta', min: 0, max: 12, step: 0.5 },
];
const GAINS: Range[] = [
  { key: 'box', label: 'box', min: 0, max: 15, step: 0.5 },
  { key: 'cls', label: 'class', min: 0, max: 3, step: 0.1 },
  { key: 'dfl', label: 'DFL', min: 0, max: 5, step: 0.1 },
];
const REFERENCES = [
  { value: '8.4', text: '8.4' },
  { value: '8.3', text: '8.3' },
] as const;
const OVERLAPS = OVERLAP_KINDS.map(similarity);
const IOUS = UPRIGHT_IOU_KINDS.map(similarity);
const CLASS_LOSSES = [
  { value: 'bce', text: 'BCE' },
  { value: 'varifocal', text: 'Varifocal' },
  { value: 'focal', text: 'Focal' },
] as const;
const BACKENDS = [
  { value: 'wasm', text: 'WASM' },
  { value: 'webgpu', text: 'WebGPU' },
] as const;

/** Controls of the criterion's options. */
export function SettingsPanel() {
  const { reference, overlap, iou, classification, backend } = settings.value;
  return (
    <section class="panel" aria-labelledby="settings-title">
      <div class="title-row">
        <h2 id="settings-title">Settings</h2>
        <button type="button" class="quiet" onClick={() => set({ ...DEFAULTS, backend })}>
          Defaults
        </button>
      </div>
      <Segmented
        label="Numbers of Ultralytics"
        options={REFERENCES}
        value={reference}
        onPick={(picked) => set({ reference: picked })}
      />
      <h3>
        Assignment{' '}
        <small>
          alignment = probability<sup>alpha</sup> · overlap<sup>beta</sup>
        </small>
      </h3>
      {ASSIGNER.map(quantity)}
      <Segmented
        label="Overlap"
        options={OVERLAPS}
        value={overlap}
        onPick={(picked) => set({ overlap: picked })}
      />
      <h3>Gains</h3>
      {GAINS.map(quantity)}
      <Segmented
        label="Box loss"
        options={IOUS}
        value={iou}
        onPick={(picked) => set({ iou: picked })}
      />
      <Segmented
        label="Class loss"
        options={CLASS_LOSSES}
        value={classification}
        onPick={(picked) => set({ classification: picked })}
      />
      <Segmented
        label="Backend"
        options={BACKENDS}
        value={backend}
        onPick={(picked) => set({ backend: picked })}
      />
      <p class="reason">{reasonFor(backend)}</p>
    </section>
  );
}

/** A kind and its usual name: 'ciou' is CIoU. */
function similarity<Kind extends string>(value: Kind) {
  return { value, text: `${value.slice(0, -3).toUpperCase()}IoU` };
}

function quantity({ key, ...range }: Range) {
  return (
    <Slider
      key={key}
      {...range}
      value={settings.value[key]}
      onInput={(value, gesture) => set({ [key]: value }, gesture)}
    />
  );
}

function set(changed: Partial<Settings>, gesture?: object): void {
  edit(() => {
    settings.value = { ...settings.peek(), ...changed };
  }, gesture);
}

/** Explains which backend runs. Until a GPU has compiled its shaders, it is still starting. */
function reasonFor(backend: Settings['backend']): string {
  const evaluated = evaluation.value;
  if (!evaluated) return '';
  if (evaluated.backend !== backend) return 'Starting…';
  if (backend === 'webgpu')
    return `WebGPU${evaluated.backendReason.replace(/^.*?(?=, on|$)/, '')}.`;
  return whyNoGpu.value ?? 'WASM SIMD, on the processor.';
}
