/** Every error the simulator raises towards the program that runs it; its callers get a vendor's. */
export const simulatorErrors = {
  invalid_fault: 'A fault cannot be understood',
  cannot_listen: 'The address cannot be listened on',
  cannot_write_journal: 'The journal cannot be written',
  closed: 'The simulator has been closed',
} as const;

export type SimulatorErrorCode = keyof typeof simulatorErrors;

/** Recognise it by `code`; the message may change. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
  readonly code: SimulatorErrorCode;

  constructor(code: SimulatorErrorCode, detail: string, options?: ErrorOptions) {
    super(`${simulatorErrors[code]}: ${detail}`, options);
    this.code = code;
  }
}
