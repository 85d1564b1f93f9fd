/** A request that is not answered as it wished: the HTTP status, and what to tell whoever asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** What to do about it. */
  readonly mend: string;

  constructor(status: number, message: string, mend: string) {
    super(message);
    this.status = status;
    this.mend = mend;
  }
}
