import {
  AnswerError,
  isStructured,
  lookAtWhole,
  unknownUsage,
  wires,
  type Operation,
  type ProviderDialect,
  type Translation,
  type Usage,
  type WholeTranslation,
} from '@vitalgate/dialects';
import { broken, type Verdict } from './classify.ts';

/** How an answer was asked for, and is to be told. */
interface Asked {
  readonly dialect: ProviderDialect;
  readonly operation: Operation;
  readonly isToBeJson?: boolean | undefined;
  readonly translation: Translation | WholeTranslation | undefined;
}

interface WholeAnswer {
  /** Told also of an answer that fails: it was paid for. */
  readonly usage: Usage;
  /** Undefined where nobody asked for JSON. */
  readonly isStructured: boolean | undefined;
  /** As the caller is told it; or what is wrong with it. */
  readonly told: Buffer | Verdict;
}

/** Reads a complete answer. */
export function readWhole(body: Buffer, asked: Asked): WholeAnswer {
  const { dialect, operation, translation } = asked;
  const found = lookAtWhole(dialect, operation, body);
  if (found !== 'answer') {
    return {
      usage: unknownUsage,
      isStructured: undefined,
      told: broken[found === 'error' ? 'inAnswer' : found],
    };
  }
  return {
    usage: wires[dialect].usageOf(body),
    isStructured: asked.isToBeJson === true ? isStructured(dialect, body.toString()) : undefined,
    told: translation === undefined ? body : (translated(translation, body) ?? broken.malformed),
  };
}

function translated(translation: Translation | WholeTranslation, body: Buffer): Buffer | undefined {
  try {
    return Buffer.from(translation.answer(body.toString()));
  } catch (error) {
    if (error instanceof AnswerError) return undefined;
    throw error;
  }
}
