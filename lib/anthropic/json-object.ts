import * as z from 'zod/mini'
import type { Json } from '../gemini/wire.ts'

/** A JSON object as it came: neither copied nor looked into. */
export const jsonObject = z.custom<Json>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  {
    error: ({ input }) => (input === undefined ? 'is required' : 'must be an object'),
  },
)
