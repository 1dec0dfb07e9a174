/// Number of elements that a thread of a plain loss takes. Its workgroup adds up once for all of them.
const ELEMENTS_A_THREAD = 16u;
