/** What a caller has to be told when the gateway itself refuses or gives up. */
export interface ToldFailure {
  /** One of the gateway's codes, e.g. `invalid_key`. */
  readonly code: string;
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** For people: what was found, what was expected, what to do. Holds no secret. */
  readonly message: string;
  readonly requestId: string;
}
