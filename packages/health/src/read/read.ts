/** Reads what services tell of their health, in whatever format they do. Pure, and never throws. */
import { actuator } from './actuator.ts';
import { aspnet } from './aspnet.ts';
import { consul } from './consul.ts';
import { csv } from './csv.ts';
import { docker } from './docker.ts';
import { ft } from './ft.ts';
import { govuk } from './govuk.ts';
import { grpc } from './grpc.ts';
import { haproxy } from './haproxy.ts';
import { healthJson } from './health-json.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { kubernetes } from './kubernetes.ts';
import { metrics } from './metrics.ts';
import { microprofile } from './microprofile.ts';
import { nagios } from './nagios.ts';
import { pageOf } from './page.ts';
import { plain } from './plain.ts';
import type { Reader } from './reader.ts';
import { terminus } from './terminus.ts';
import type { Format, Read, Told } from './told.ts';
import { xml } from './xml.ts';
import { yaml } from './yaml.ts';

export type { Component, Format, Read, Told } from './told.ts';

/** In the order of being asked: the first that claims an answer reads it. */
const readers: readonly Reader[] = [
  grpc,
  html,
  healthJson,
  docker,
  consul,
  ft,
  aspnet,
  govuk,
  microprofile,
  terminus,
  actuator,
  json,
  xml,
  metrics,
  kubernetes,
  haproxy,
  nagios,
  csv,
  yaml,
  plain,
];

const byFormat: ReadonlyMap<Format, Reader> = new Map(readers.map((one) => [one.format, one]));

/** As the format named, or as the one it looks like. */
export function read(told: Told, format?: Format): Read {
  const page = pageOf(told);
  const named = format && byFormat.get(format);
  return (named ?? readers.find((one) => one.claims(page)) ?? plain).readPage(page);
}
