/** An object that a place has. */
export interface PlaceObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** By the clock of the place, in milliseconds since 1970: to be compared with nothing but other times of the place. */
  readonly modifiedAt: number;
}

/**
 * Where several hosts keep objects together.
 *
 * It knows names and bytes, and nothing of artifacts. Nothing that it gives is to be believed: who asks knows the length, and the
 * hash. An object is whole or not there; who writes one that is there writes over it. A key is made of words of `A-Za-z0-9._+-`,
 * with `/` between them, none of which begins with a dot.
 *
 * Each verb refuses with PLACE_UNUSABLE when the place cannot be reached or does not let us.
 */
export interface Place {
  /** As the user names it, without secrets. */
  readonly shown: string;
  /** After so long all hosts see what one has written, if not at once. */
  readonly settleMs: number;
  /** Makes it where it is not there, and tries whether something can be written. */
  prepare(): Promise<void>;
  /** Undefined: it is not there. @throws PLACE_DAMAGED when it is longer than `maxBytes` */
  get(key: string, options: { readonly maxBytes: number; readonly signal?: AbortSignal }): Promise<Buffer | undefined>;
  put(key: string, bytes: Buffer, options?: { readonly signal?: AbortSignal }): Promise<void>;
  look(key: string, options?: { readonly signal?: AbortSignal }): Promise<PlaceObject | undefined>;
  /** It may be gone already. */
  remove(key: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** All whose keys begin with `folder`, which ends in `/`, in any order. */
  list(folder: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<PlaceObject>;
}

const KEY = /^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$/;

/** Whether `text` can be a key; a place that lists others is not believed. */
export function isKey(text: string): boolean {
  return text.length <= 512 && KEY.test(text);
}
