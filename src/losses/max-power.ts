/** A higher power leaves nothing of a focal loss but where the miss is 1, and float32 cannot hold its slope. */
export const MAX_POWER = 100;
