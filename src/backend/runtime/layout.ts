/** Views of the memory of a WASM instance. */
export interface Views {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** Memory layout of an AssemblyScript class. */
export interface Layout<T> {
  readonly bytes: number;
  /** Writes every field of an object at an address that is a multiple of 8. */
  write(memory: Views, at: number, fields: T): void;
}

/** Memory layouts of the parameters of every kernel of a program. */
export type KernelTable<K> = { readonly [Name in keyof K]: Layout<K[Name]> };

/** Memory layout of a record that the host reads, too. */
export interface RecordLayout<T> extends Layout<T> {
  /** Index of each field in a typed array of its type, from the record's start. */
  readonly index: { readonly [Field in keyof T]: number };
}
