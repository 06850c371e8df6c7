import type { DetectorConfig, GuardrailConfig } from '@vitalgate/contract';
import type { Detector } from './detector.ts';

/** One guardrail of the configuration, ready to be used. */
export interface Guardrail {
  readonly name: string;
  /** From which another thread makes its own. */
  readonly looks: Looks;
  readonly on: ReadonlySet<Side>;
  readonly action: Action;
  /** Redacted values are put back where the answer repeats their placeholders. */
  readonly restore: boolean;
  readonly detectors: readonly Detector[];
  /** What the operator said to leave alone. */
  readonly isAllowed: ((text: string) => boolean) | undefined;
  /** UTF-16 units of all text together. */
  readonly maxCharacters: number | undefined;
  readonly tools: NameRule | undefined;
  readonly models: NameRule | undefined;
  readonly webhook: Webhook | undefined;
  /** What happens when it fails itself. */
  readonly onError: 'block' | 'allow';
}

/** What a guardrail looks for in texts, as its configuration has it: it can be sent to a thread. */
export interface Looks {
  readonly detect: readonly One[];
  readonly allow: GuardrailConfig['allow'];
  readonly action: GuardrailConfig['action'];
}

/** What stands for no more than itself. */
export type One = Exclude<DetectorConfig, 'pii' | 'attacks'>;

/** A judge of the operator's, asked over HTTP. */
export interface Webhook {
  /** Whether the texts may pass; undefined when it could not be asked or did not say. */
  ask(question: Question): Promise<boolean | undefined>;
  close(): void;
}

export interface Question {
  readonly guardrail: string;
  readonly on: Side;
  readonly texts: readonly string[];
}

export type Side = 'request' | 'answer';
export type Action = 'block' | 'redact' | 'flag';

/** Names that may be used, or may not. */
export interface NameRule {
  readonly allow: ReadonlySet<string> | undefined;
  readonly deny: ReadonlySet<string>;
}

export const mayUse = ({ allow, deny }: NameRule, name: string): boolean =>
  !deny.has(name) && (allow === undefined || allow.has(name));

/** What a guardrail did, as the receipt, the log and the metrics tell it; never the text itself. */
export interface Note {
  readonly guardrail: string;
  readonly side: Side;
  readonly action: Action;
  readonly kind: string;
  /** Where in the request or answer. */
  readonly path: string;
  readonly start: number;
  readonly length: number;
  /** So many alike are told of by this one; one where nothing is said. */
  readonly times?: number;
}
