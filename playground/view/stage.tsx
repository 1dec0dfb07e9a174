import { effect, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { paintStage } from '../draw/stage.ts';
import { aspectOf } from '../model/scene.ts';
import { image, inspected, scene } from '../model/state.ts';
import { BoxHandles, BoxOutlines } from './boxes.tsx';
import { moveInspected } from './inspect.ts';
import { InspectorCard } from './inspector.tsx';
import { BoxLabels } from './labels.tsx';
import { stagePicture } from './shown.ts';
import type { StageSize } from './stage-size.ts';
import { usePointer } from './use-pointer.ts';

/** Aspect ratio of the first picture, so that nothing moves when it is loaded. */
const PHOTOGRAPH = 1024 / 819;

/** The picture: a canvas shows computed values, and the SVG above it holds the boxes that can be dragged. */
export function Stage() {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal<StageSize>({ width: 0, height: 0 });
  const pointer = usePointer(size);

  useEffect(() => {
    const [outer, inner] = [frame.current, canvas.current];
    if (!outer || !inner) return undefined;
    const observer = new ResizeObserver(() => {
      size.value = { width: outer.clientWidth, height: outer.clientHeight };
    });
    observer.observe(outer);
    const stop = effect(() => paint(inner, size.value));
    return () => {
      observer.disconnect();
      stop();
    };
  }, [size]);

  const opened = scene.value;
  const aspect = opened ? aspectOf(opened, image.value) : PHOTOGRAPH;
  const { width, height } = size.value;
  return (
    <div
      ref={frame}
      class="stage"
      style={{ aspectRatio: `${aspect}`, maxWidth: `calc(var(--tallest) * ${aspect})` }}
    >
      <canvas ref={canvas} />
      {!opened && <p class="empty">Loading the photograph…</p>}
      <svg
        width={width}
        height={height}
        role="application"
        aria-label="Picture with boxes"
        {...pointer}
        onPointerLeave={({ pointerType }) => {
          // A finger leaves the picture whenever it is lifted
          if (pointerType !== 'touch') inspected.value = undefined;
        }}
      >
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys move from cell to cell here */}
        <rect
          class="ground"
          width={width}
          height={height}
          role="application"
          tabindex={0}
          aria-label="Cells: arrow keys move from one to the next"
          onKeyDown={moveInspected}
          onBlur={() => {
            inspected.value = undefined;
          }}
        />
        <BoxOutlines size={size.value} />
        <BoxLabels size={size.value} />
        <BoxHandles size={size.value} />
      </svg>
      <InspectorCard size={size.value} />
    </div>
  );
}

function paint(canvas: HTMLCanvasElement, { width, height }: StageSize): void {
  if (width === 0 || height === 0) return;
  const ratio = window.devicePixelRatio;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  // Setting the size of a canvas clears it and is slow
  if (canvas.width !== columns || canvas.height !== rows) {
    [canvas.width, canvas.height] = [columns, rows];
  }
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (context) paintStage(context, width, height, stagePicture.value);
}
