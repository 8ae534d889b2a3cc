import { flattenSchema } from '../schema/index.ts'
import type { FunctionDeclaration, GenerateContentRequest, Json } from '../wire.ts'
import { skipSignatures } from './signatures.ts'

/** The request changed so that what Gemini complained of can't be complained of again; for one more try. */
export const remedyRequest = (
  request: GenerateContentRequest,
  fault: 'signature' | 'schema',
): GenerateContentRequest => {
  switch (fault) {
    case 'signature':
      return skipSignatures(request)
    case 'schema':
      return flattenSchemas(request)
  }
}

const flattenSchemas = ({ tools, generationConfig, ...rest }: GenerateContentRequest): GenerateContentRequest => {
  const { responseJsonSchema, ...config } = generationConfig ?? {}
  return {
    ...rest,
    ...(tools && {
      tools: tools.map((tool) =>
        tool.functionDeclarations
          ? { ...tool, functionDeclarations: tool.functionDeclarations.map(flattenDeclaration) }
          : tool,
      ),
    }),
    ...(generationConfig && {
      generationConfig: {
        ...config,
        ...(responseJsonSchema !== undefined && { responseSchema: flattenSchema(responseJsonSchema) }),
      },
    }),
  }
}

/** In this form an object that names no properties is refused; a function without parameters has none. */
const flattenDeclaration = ({ parametersJsonSchema, ...declaration }: FunctionDeclaration): FunctionDeclaration => {
  if (parametersJsonSchema === undefined) return declaration
  const parameters = flattenSchema(parametersJsonSchema)
  const { properties = {}, anyOf } = parameters
  return Object.keys(properties as Json).length === 0 && anyOf === undefined
    ? declaration
    : { ...declaration, parameters }
}
