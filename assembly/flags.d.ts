/** Whether a build supports rotated boxes, a constant that each target of asconfig.json sets. */
declare const ROTATED_BOXES: bool;
