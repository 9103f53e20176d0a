"""Tokens of code hosts, CI and trackers."""

from __future__ import annotations

from trajset.privacy.detectors.forms import HEX, U, W, form, pattern

DETECTORS = (
    *form("github", "ghp_ gho_ ghu_ ghr_", W, 16, 36),
    *form("github", "ghs_", W + "_.-", 16, 36),
    *form("github", "github_pat_", W + "_", 20, 82),
    *form(
        "gitlab", "glpat- gldt- glcbt- glptt- glft- glsoat- glimt- glagent- gloas-", U + ".", 16, 20
    ),
    *form("gitlab", "glrt- glrtr- glffct- glwt-", U + ".", 16, 20),
    *form("gitlab", "GR1348941", U, 16, 20),
    *form("gitlab", "_gitlab_session=", HEX, 32, 32),
    *form("bitbucket", "ATBB", W, 24, 32),
    *form("bitbucket", "ATCTT3xFfG", U + "=", 24),
    *form("atlassian", "ATATT3xFfG ATATT3", U + "=", 24),
    *form("atlassian", "ATSTT3 ATOAT", U + "=", 24),
    *form("sourcegraph", "sgp_ sgd_", HEX + "_", 32),
    *form("circleci", "CCIPAT_ CCIPRJ_", W + "_", 24),
    *form("buildkite", "bkua_ bkaj_ bkat_ bkct_", W, 32, 40),
    *form("sentry", "sntrys_", W + "+/=_-", 32),
    *form("sentry", "sntryu_ sntryi_", HEX, 32, 64),
    *form("linear", "lin_api_ lin_oauth_", W, 24, 40),
    *form("sonarqube", "squ_ sqp_ sqa_", HEX, 32, 40),
    *form("codacy", "cdcy_", W, 20),
    *form("snyk", "snyk_uat. snyk_sat.", U + ".", 24),
    *form("graphite", "gt_pat_", W, 20),
    *form("pulumi", "pul-", HEX, 32, 40, strictly=True),
    *form("dbt", "dbtc_ dbtu_ dbts_", U, 24),
    *form("prefect", "pnu_ pnb_", W, 28, 36),
    *form("infracost", "ico-", W, 28, 32, strictly=True),
    *form("semaphore", "smp_", W, 24, strictly=True),
    *form("codecov", "codecov_", W, 24, strictly=True),
    *pattern("terraform", "atlasv1.", r"([A-Za-z0-9_-]{40,80}+)"),
)
