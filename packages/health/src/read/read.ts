/** Reads what services tell of their health, in whatever format they do. Pure, and never throws. */
import { healthJson } from './health-json.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { pageOf } from './page.ts';
import { plain } from './plain.ts';
import type { Reader } from './reader.ts';
import type { Format, Read, Told } from './told.ts';

export type { Component, Format, Read, Told } from './told.ts';

/** In the order of being asked: the first that claims an answer reads it. */
const readers: readonly Reader[] = [html, healthJson, json, plain];

const byFormat: ReadonlyMap<Format, Reader> = new Map(readers.map((one) => [one.format, one]));

/** As the format named, or as the one it looks like. */
export function read(told: Told, format?: Format): Read {
  const page = pageOf(told);
  const named = format && byFormat.get(format);
  return (named ?? readers.find((one) => one.claims(page)) ?? plain).readPage(page);
}
