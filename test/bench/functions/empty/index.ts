// Nothing: what the runtime itself costs.
export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  stream.write('')
  stream.end()
})
