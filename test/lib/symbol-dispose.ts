/** Gives an engine that lacks Symbol.dispose one, so that compiled `using` finds the method of that name. */
if (!Symbol.dispose) Object.defineProperty(Symbol, 'dispose', { value: Symbol('Symbol.dispose') });

export {};
