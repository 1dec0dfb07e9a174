import { useId } from 'preact/hooks';

interface Props<T extends string | number> {
  label: string;
  options: readonly { value: T; text: string }[];
  value: T;
  onPick: (value: T) => void;
}

/** Radio buttons that look like one control. */
export function Segmented<T extends string | number>({ label, options, value, onPick }: Props<T>) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onPick(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
