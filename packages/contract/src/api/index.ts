export {
  isAudited,
  methodAndPath,
  methods,
  roles,
  tags,
  type Endpoint,
  type Method,
  type Role,
  type Tag,
} from './endpoint.ts';
export {
  endpoints,
  type Answer,
  type Body,
  type BodyInput,
  type EndpointKey,
  type Params,
  type Query,
  type QueryInput,
} from './endpoints.ts';
export { eventKinds, type EventData, type EventName } from './events.ts';
export { newDrill, type Drill } from './drills.ts';
export { matchEndpoint } from './match.ts';
export { openApi } from './openapi.ts';
export { playEvents, type PlayEvent } from './playground.ts';
export {
  ApiFailure,
  apiProblemKinds,
  problemOf,
  type ApiProblemCode,
  type Problem,
} from './problems.ts';
export { readAs, writeAs } from './validate.ts';
