/// Flag of a row in which some p or some target is above 0.
const IS_FILLED = 2u;
/// Logit below which p is 0, as in float64.
const LEAST_LOGIT = -707.0;
