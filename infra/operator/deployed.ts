/** The name that a deployment has unless told otherwise. */
export const STACK = 'Triglot'

const NO_REGION =
  'No region is set: AWS_REGION=… says where the stack is (us-east-1, where cdk deploy was told of none).'

/** The outputs of a deployed stack by name. Region and credentials are those of the shell. Throws where there is no such stack. */
export const outputsOf = async (stack: string): Promise<Readonly<Record<string, string>>> => {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient()
  await client.config.region().catch((cause: unknown) => {
    throw new Error(NO_REGION, { cause })
  })
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }))
  const outputs = Stacks?.[0]?.Outputs ?? []
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
}
