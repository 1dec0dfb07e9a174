/** Size of the stage, CSS pixels. */
export interface StageSize {
  width: number;
  height: number;
}
