// Tools and how they go together. https://ai.google.dev/gemini-api/docs/function-calling
import { invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, snake, stringsOf, textOf } from '../json.ts'
import type { Model } from '../models.ts'
import type { Lines } from './lines.ts'
import { checkJsonSchema, checkOpenApi } from './schemas.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/
const MOST_DECLARATIONS = 512
const BUILT_IN = [
  'googleSearch',
  'googleSearchRetrieval',
  'codeExecution',
  'urlContext',
  'fileSearch',
  'googleMaps',
  'computerUse',
  'mcpServers',
] as const

/** All functions of a request, from whichever tool. */
export const functionsOf = (request: Json): Json[] =>
  objectsOf(request.tools).flatMap((tool) => objectsOf(tool.functionDeclarations))

/** The built-in tools of a request, as Google names them in its body. */
export const builtInOf = (request: Json): string[] =>
  BUILT_IN.filter((name) => objectsOf(request.tools).some((tool) => tool[name] !== undefined))

export const checkTools = (request: Json, model: Model, lines: Lines): void => {
  objectsOf(request.tools).forEach((tool, index) => {
    objectsOf(tool.functionDeclarations).forEach((declaration, at) =>
      checkDeclaration(declaration, `tools[${index}].function_declarations[${at}]`, lines),
    )
    if (Object.keys(tool).length === 0)
      lines.add(`tools[${index}].tool_type`, "required one_of 'tool_type' must have one initialized field")
  })
  checkTogether(request, model)
  checkConfig(request, model, lines)
}

const checkDeclaration = (declaration: Json, at: string, lines: Lines): void => {
  if (!NAME.test(textOf(declaration.name)))
    lines.add(
      `${at}.name`,
      'Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.',
    )
  const { parameters, parametersJsonSchema, response, responseJsonSchema } = declaration
  if (parameters !== undefined && parametersJsonSchema !== undefined)
    lines.add(at, 'only one of parameters and parameters_json_schema can be set.')
  if (response !== undefined && responseJsonSchema !== undefined)
    lines.add(at, 'only one of response and response_json_schema can be set.')
  if (isObject(parameters)) {
    if (parameters.type !== undefined && parameters.type !== 'OBJECT')
      lines.add(`${at}.parameters.type`, 'parameters schema should be of type OBJECT')
    checkOpenApi(parameters, `${at}.parameters`, lines)
  }
  if (isObject(response)) checkOpenApi(response, `${at}.response`, lines)
  if (parametersJsonSchema !== undefined) {
    checkJsonSchema(parametersJsonSchema, `${at}.parameters_json_schema`, lines)
    const { type = 'object' } = objectOf(parametersJsonSchema)
    if (String(type).toLowerCase() !== 'object')
      lines.add(`${at}.parameters_json_schema.type`, 'schema must describe an object')
  }
  if (responseJsonSchema !== undefined) checkJsonSchema(responseJsonSchema, `${at}.response_json_schema`, lines)
}

const checkTogether = (request: Json, model: Model): void => {
  const functions = functionsOf(request)
  const builtIn = builtInOf(request)
  const names = functions.map((declaration) => textOf(declaration.name))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`Duplicate function declaration found: ${twice}`)
  if (names.length > MOST_DECLARATIONS)
    throw invalid(`The number of function declarations must not exceed ${MOST_DECLARATIONS}.`)
  if (model.kind === 'speech' && names.length + builtIn.length > 0)
    throw invalid(`Tool use is not supported for models/${model.id}.`)
  if (model.kind === 'image') checkForImages(names, builtIn, model)
  if (builtIn.includes('computerUse') && !/computer-use|^gemini-3/.test(model.version))
    throw invalid(`Computer Use is not enabled for models/${model.id}`)
  if (names.length === 0 || builtIn.length === 0) return
  if (model.generation < 3)
    throw invalid(
      `Built-in tools ({${builtIn.map(snake).join(', ')}}) and Function Calling cannot be combined in the same request. Please choose one of the two.`,
    )
  if (objectOf(request.toolConfig).includeServerSideToolInvocations !== true)
    throw invalid(
      'Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.',
    )
}

// Image models call no functions; from generation 3 on they search.
const checkForImages = (names: readonly string[], builtIn: readonly string[], model: Model): void => {
  if (names.length > 0) throw invalid(`Function calling is not enabled for models/${model.id}`)
  const stray = builtIn.find((name) => model.generation < 3 || name !== 'googleSearch')
  if (stray !== undefined) throw invalid(`Tool ${snake(stray)} is not enabled for models/${model.id}`)
}

const checkConfig = (request: Json, model: Model, lines: Lines): void => {
  const config = objectOf(request.toolConfig).functionCallingConfig
  // Image models call no functions, and were seen to take a config for them without a word.
  if (!isObject(config) || model.kind === 'image') return
  const names = functionsOf(request).map((declaration) => textOf(declaration.name))
  if (names.length === 0 && config.mode !== 'NONE')
    throw invalid('Function calling config is set without function_declarations.')
  const allowed = stringsOf(config.allowedFunctionNames)
  if (allowed.length === 0) return
  const at = 'tool_config.function_calling_config.allowed_function_names'
  if (config.mode !== 'ANY' && config.mode !== 'VALIDATED')
    lines.add(at, 'allowed_function_names can only be set when the function calling mode is ANY or VALIDATED.')
  for (const name of allowed)
    if (!names.includes(name)) lines.add(at, `${JSON.stringify(name)} is not among the names of function_declarations.`)
}
