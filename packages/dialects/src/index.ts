export type { ToldFailure } from './failure.ts';
export { replaceModel, scanRequest, type ScanFailure, type ScannedRequest } from './scan.ts';
export { readJson, unknownUsage, type Usage } from './usage.ts';
export {
  FAILED_STOP,
  MALFORMED,
  TOO_LONG,
  type OutStream,
  type StreamFailure,
  type StreamWatch,
} from './watch.ts';
export type { Operation, ProviderWire, Wire } from './wire.ts';
export { lookAtWhole } from './whole-answer.ts';
export { wires } from './wires.ts';
export { edited, type Edit } from './edit-texts.ts';
export { framerOf, type Framer, type StreamFrame } from './framer.ts';
export {
  ALL,
  findTexts,
  TextFinding,
  groupOf,
  pathOf,
  type FoundTexts,
  type Text,
  type TextKind,
} from './texts.ts';
export type { Addressee, DialectName, ProviderDialect, Speaker } from './codec.ts';
export { codecs } from './codecs.ts';
export { AnswerError, RequestError } from './errors.ts';
export type { Block, CallerForm, Intent } from './intent.ts';
export { parseJson } from './json.ts';
export { Losses } from './losses.ts';
export { profileOf, type Profile } from './profile.ts';
export { estimateCount, translateCount, type AskedCount } from './counts/translate.ts';
export { embeds, translateEmbeddings } from './embeddings/translate.ts';
export type { Reply, ReplyBlock, StopReason, StreamEvent } from './reply.ts';
export { holdsEnvelope } from './seal.ts';
export { isStructured, structuredWatch, StructuredText } from './structured.ts';
export { readIntent, translate, type Translation, type WholeTranslation } from './translate.ts';
export { validateRequest } from './validate.ts';
export { wrap } from './wrapped.ts';
