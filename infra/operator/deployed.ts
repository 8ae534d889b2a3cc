/** The name that a deployment has unless told otherwise. */
export const STACK = 'Triglot'

/** The outputs of a deployed stack by name. Region and credentials are those of the shell. Throws where there is no such stack. */
export const outputsOf = async (stack: string): Promise<Readonly<Record<string, string>>> => {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const { Stacks } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName: stack }))
  const outputs = Stacks?.[0]?.Outputs ?? []
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
}
