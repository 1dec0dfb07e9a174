interface Props {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /** What the value is shown as. Default: itself. */
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
