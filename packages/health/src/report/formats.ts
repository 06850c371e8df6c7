import { brief } from '../serve/brief.ts';
import type { Format } from '../serve/format.ts';
import { actuator, actuatorV2 } from './actuator.ts';
import { aspnet, aspnetUi } from './aspnet.ts';
import { consul } from './consul.ts';
import { csv } from './csv.ts';
import { ft } from './ft.ts';
import { govuk } from './govuk.ts';
import { haproxy } from './haproxy.ts';
import { healthJson } from './health-json.ts';
import { html } from './html.ts';
import { kubernetes } from './kubernetes.ts';
import { openmetrics, prometheus } from './metrics.ts';
import { microprofile } from './microprofile.ts';
import { nagios } from './nagios.ts';
import { text } from './text.ts';
import { xml } from './xml.ts';
import { yaml } from './yaml.ts';

/**
 * Every way to tell a report over HTTP. The first is the default; those without media types are
 * chosen by name alone, since they share `application/json` or `text/plain` with others.
 */
export const formats: readonly Format[] = [
  brief,
  healthJson,
  html,
  text,
  actuator,
  actuatorV2,
  openmetrics,
  prometheus,
  xml,
  yaml,
  csv,
  microprofile,
  aspnet,
  aspnetUi,
  kubernetes,
  nagios,
  consul,
  haproxy,
  ft,
  govuk,
];
