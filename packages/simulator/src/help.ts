import { effectNames } from './fault/fault.ts';

/** What `GET /_simulator` shows. */
export const help: string = `This is a simulator: a toy in the place of a model provider. No model answers here.
Every answer has the header x-vitalgate-simulated: true and text that begins with "[simulated] ".

It speaks
  OpenAI     POST /v1/chat/completions  /v1/responses  /v1/completions  /v1/embeddings
             GET  /v1/models  /v1/models/{id}
  Azure      the same, below /openai/deployments/{id} and /openai/v1
  Anthropic  POST /v1/messages  /v1/messages/count_tokens    (with anthropic-version)
             GET  /v1/models  /v1/models/{id}                (with anthropic-version)
  Gemini     POST /v1beta/models/{id}:generateContent  :streamGenerateContent  :countTokens
                  :embedContent  :batchEmbedContents
             GET  /v1beta/models  /v1beta/models/{id}
  Vertex AI  POST /v1/projects/P/locations/L/publishers/google/models/{id}:generateContent ...
                  .../publishers/anthropic/models/{id}:rawPredict  :streamRawPredict
  Bedrock    POST /model/{id}/converse  /converse-stream  /invoke  /invoke-with-response-stream
                  /count-tokens
  Mistral    POST /mistral/v1/chat/completions  /mistral/v1/embeddings
             GET  /mistral/v1/models
  Cohere     POST /v2/chat  /v2/embed
             GET  /cohere/v1/models
  Ollama     POST /api/chat  /api/generate  /api/embed  /api/embeddings
             GET  /api/tags  /api/version

Any model name will do. Ask for a tool by a word of its name ("weather" for get_weather); say "in
parallel" for two calls. Structured output, thinking, images, stop sequences and limits work as with
the vendor.

It breaks on demand
  curl -X PUT    localhost:PORT/_simulator/faults -d '{"status": 429, "retryAfter": 2, "times": 3}'
  curl -X PUT    localhost:PORT/_simulator/faults -d '[{"latency": 200}, {"model": "m", "reset": true}]'
  curl           localhost:PORT/_simulator/faults
  curl -X DELETE localhost:PORT/_simulator/faults
or for one request, by a header
  x-simulate: latency=200, status=529
  x-simulate: status=429; retryAfter=2; code=insufficient_quota

A fault has one effect:
  ${effectNames.join('  ').replaceAll(/(.{60,80}?)  /g, '$1\n  ')}
and may have model (every request when absent), probability (0 to 1) and times (then it heals).
Milliseconds, tokens per second, HTTP status, bytes, frames of a stream; the rest is true.
Of those that break an answer the latest set strikes first; those that slow it down add up.
`;
