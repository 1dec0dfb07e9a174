/** Size of the stage in CSS pixels. */
export interface StageSize {
  width: number;
  height: number;
}
