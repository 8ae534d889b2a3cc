import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'

export interface WebAclProps {
  stageArn: string
}

/** Requests of one address within five minutes. */
const RATE = 3000

/**
 * Rules that look into bodies only count. Prompts are full of what attacks look like: markup, paths, shell commands,
 * addresses; and most are longer than the 8 KB that AWS takes for a sound body.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const COUNTED: Record<string, readonly string[]> = {
  AWSManagedRulesAmazonIpReputationList: [],
  AWSManagedRulesKnownBadInputsRuleSet: ['JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'],
  AWSManagedRulesCommonRuleSet: [
    'SizeRestrictions_BODY',
    'EC2MetaDataSSRF_BODY',
    'GenericLFI_BODY',
    'GenericRFI_BODY',
    'CrossSiteScripting_BODY',
    // Small HTTP clients name themselves to nobody.
    'NoUserAgent_HEADER',
  ],
}

/** A WAF web ACL before a stage of a REST API. It bills by the month, and for each rule. */
export class WebAcl extends Construct {
  readonly association: CfnWebACLAssociation

  constructor(scope: Construct, id: string, { stageArn }: WebAclProps) {
    super(scope, id)
    const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      // Samples would show requests, and so keys.
      sampledRequestsEnabled: false,
    })
    const managed = Object.entries(COUNTED).map(
      ([name, counted], index): CfnWebACL.RuleProperty => ({
        name,
        priority: index + 1,
        overrideAction: { none: {} },
        visibilityConfig: visible(name),
        statement: {
          managedRuleGroupStatement: {
            vendorName: 'AWS',
            name,
            ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
          },
        },
      }),
    )
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('Triglot'),
      rules: [
        {
          name: 'Rate',
          priority: 0,
          action: { block: {} },
          visibilityConfig: visible('Rate'),
          statement: { rateBasedStatement: { limit: RATE, aggregateKeyType: 'IP' } },
        },
        ...managed,
      ],
    })
    this.association = new CfnWebACLAssociation(this, 'Association', { resourceArn: stageArn, webAclArn: acl.attrArn })
  }
}
