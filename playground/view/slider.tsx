interface Props {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /** Text shown for the value. Default: the value itself. */
  text?: string;
  onInput: (value: number) => void;
}

export function Slider({ label, text, onInput, ...range }: Props) {
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        {...range}
        aria-valuetext={text}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
      />
      <output>{text ?? range.value}</output>
    </label>
  );
}
