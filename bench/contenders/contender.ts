import type { Running } from '../processes.ts';

/** Where a gateway under measure is started, and what it has to reach. */
interface Surroundings {
  /** On 127.0.0.1; speaks `/v1/chat/completions`. */
  readonly upstreamPort: number;
  /** An empty folder of its own, removed afterwards. */
  readonly scratch: string;
  readonly core: number | undefined;
  /** A folder for CPU profiles, where they are wanted. */
  readonly profiles: string | undefined;
}

export interface Started {
  readonly port: number;
  /** Where it answers the upstream's `/shop/…` in XML, if it does. */
  readonly inXml?: string;
  /** Absent where there is no gateway. */
  readonly process?: Running;
  /** What a caller must send along. */
  readonly headers: Record<string, string>;
  /** What a caller puts in `model`. */
  readonly model: string;
}

type Availability = { readonly version: string } | { readonly missing: string };

/** What is measured: the way to a model, to an HTTP API, or a library that tells of a service's health. */
export type Subject = 'models' | 'apis' | 'health';

export const isMeasuredBy = (contender: Contender, subject: Subject): boolean =>
  (contender.subjects ?? ['models']).includes(subject);

/** One way from the loader to the upstream. */
export interface Contender {
  readonly name: string;
  /** Scenarios of these subjects measure it; just `models` where nothing is said. */
  readonly subjects?: readonly Subject[];
  /** Brings what it needs, or says which command would. */
  prepare(): Promise<Availability>;
  start(surroundings: Surroundings): Promise<Started>;
}
