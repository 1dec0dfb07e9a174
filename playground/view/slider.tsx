import { useRef } from 'preact/hooks';

interface Props {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /** Text shown for the value. Default: the value itself. */
  text?: string;
  /** @param gesture the same object until the reader lets the slider go */
  onInput: (value: number, gesture: object) => void;
}

export function Slider({ label, text, onInput, ...range }: Props) {
  const gesture = useRef({});
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        {...range}
        aria-valuetext={text}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value), gesture.current)}
        onChange={() => {
          gesture.current = {};
        }}
      />
      <output>{text ?? range.value}</output>
    </label>
  );
}
