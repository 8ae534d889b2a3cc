import { Stack } from 'aws-cdk-lib'
import type { RestApi } from 'aws-cdk-lib/aws-apigateway'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Settings } from '../settings.ts'
import { addAlarms } from './alarms.ts'
import { addDashboard } from './dashboard.ts'
import { QUERIES, type QueryName, queryText } from './queries.ts'

export interface ObservabilityProps {
  settings: Settings
  functions: readonly IFunction[]
  logGroups: readonly ILogGroup[]
  /** The REST API before the functions, where there is one. */
  api?: RestApi
  /** The function that rotates the secret, where there is one. */
  rotation?: IFunction
}

/** How an operator sees what goes on: saved queries over the log, alarms, and one dashboard over all. */
export const addObservability = (stack: Stack, props: ObservabilityProps): void => {
  const { settings } = props
  const scope = new Construct(stack, 'Observability')
  for (const name of Object.keys(QUERIES) as QueryName[]) saveQuery(scope, name, props.logGroups)
  const alarms = settings.alarms ? addAlarms(scope, props) : []
  if (settings.dashboard) addDashboard(scope, { ...props, alarms })
}

const saveQuery = (scope: Construct, name: QueryName, logGroups: readonly ILogGroup[]): CfnQueryDefinition =>
  new CfnQueryDefinition(scope, name, {
    name: `${Stack.of(scope).stackName}/${QUERIES[name].title}`,
    queryString: queryText(name),
    logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
  })
