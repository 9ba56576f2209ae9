/** Nominal types: two numbers with different meanings cannot be mixed by accident. */
declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
