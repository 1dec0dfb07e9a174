/** Memory of shaders, as the two kinds of numbers that the host writes. */
export class Words {
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;

  constructor(count: number) {
    this.u32 = new Uint32Array(count);
    this.f32 = new Float32Array(this.u32.buffer);
  }
}

/** The part of a number that a float32 of it loses. */
export function lowPart(value: number): number {
  return value - Math.fround(value);
}

type Nested = Pick<Struct<never>, 'words' | 'write'>;

interface Field {
  name: string;
  word: number;
  isFloat: boolean;
  struct: Nested | undefined;
}

/** A struct of a shader, whose fields are one word each, or structs. */
export class Struct<T extends object> {
  readonly words: number;
  readonly #fields: readonly Field[];

  /**
   * @param layout names of the fields in order: one that begins with `~` is f32, a number stands for words between fields
   * @param nested structs by the names of their fields
   */
  constructor(words: number, layout: string, nested: Record<string, Nested> = {}) {
    this.words = words;
    let word = 0;
    this.#fields = layout.split(' ').flatMap((token) => {
      if (Number(token)) {
        word += Number(token);
        return [];
      }
      const name = token.replace('~', '');
      const field = { name, word, isFloat: name !== token, struct: nested[name] };
      word += field.struct?.words ?? 1;
      return [field];
    });
  }

  get bytes(): number {
    return 4 * this.words;
  }

  /** @param at word where the struct begins */
  write(to: Words, at: number, value: T): void {
    const { u32, f32 } = to;
    for (const { name, word, isFloat, struct } of this.#fields) {
      const own = (value as Record<string, number>)[name];
      if (struct) struct.write(to, at + word, own as never);
      else if (isFloat) f32[at + word] = own;
      else u32[at + word] = own;
    }
  }

  /** Structs one behind the other, as a shader's array has them. */
  arrayOf(values: readonly T[]): Uint32Array<ArrayBuffer> {
    const words = new Words(values.length * this.words);
    values.forEach((value, i) => {
      this.write(words, i * this.words, value);
    });
    return words.u32;
  }
}
