/** A number and its gradient. */
export interface Term<Grad = number> {
  value: number;
  grad: Grad;
}
