import type OpenAI from 'openai'
import type { OutputItem, Response, ResponseUsage } from '../../../lib/openai/responses/wire.ts'

// Compiled, never run: what we write is what the official SDK's types promise its users.
type Fits<Ours extends Sdk, Sdk> = [Ours, Sdk]
type Sdk = OpenAI.Responses.ResponseOutputItem
export type Checks = [
  Fits<OutputItem, Sdk>,
  Fits<ResponseUsage, OpenAI.Responses.ResponseUsage>,
  Fits<Response['status'], OpenAI.Responses.ResponseStatus>,
  Fits<Exclude<keyof Response, 'frequency_penalty' | 'presence_penalty' | 'store'>, keyof OpenAI.Responses.Response>,
]
