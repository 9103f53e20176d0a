"""What the programs of the common ecosystems are for: data, keyed by program and subcommand.

A purpose is one word. `check` purposes say whether the work is right; `QUOTING` ones print text
that was there before, so that an error word in their output says nothing about them.
"""

from __future__ import annotations

import re

from trajset.annotate.naming import names

CHECKS = frozenset({"test", "build", "typecheck", "lint", "format", "verify"})
QUOTING = frozenset({"read", "search", "list", "print", "history", "remote", "logs", "fetch"})
TRIVIAL = frozenset({"shell", "print", "wait", "ask"})
FILTERS = names(
    "head tail grep egrep fgrep rg sort uniq wc cut tr sed awk gawk tee less more cat "
    "column nl rev "
    "jq yq fold fmt paste tac xargs select select-object select-string where-object out-string "
    "findstr measure-object out-file foreach-object sort-object format-table bat cat-v perl"
)

_BY_PURPOSE: dict[str, str] = {
    "test": """
        pytest py.test unittest nose2 nosetests tox nox trial behave robot doctest
        jest vitest mocha ava tap tape jasmine karma cypress playwright node:test qunit uvu wtr
        phpunit pest paratest codecept rspec minitest cucumber ctest gtest bats shunit2 busted prove
        go_test gotestsum ginkgo richgo cargo_test cargo_nextest cargo_t nextest swift_test xctest
        dotnet_test vstest dotnet_vstest mvn_test mvn_verify mvnw_test mvnw_verify gradle_test
        gradlew_test gradle_check gradlew_check sbt_test lein_test mix_test rebar3_eunit
        rebar3_ct deno_test bun_test zig_test stack_test cabal_test flutter_test dart_test
        forge_test hardhat_test anchor_test npm_test npm_t pnpm_test pnpm_t yarn_test rails_test
        nx_run-many nx_affected
        bazel_test buck_test meson_test ng_test manage.py_test nx_test turbo_test elm-test
        """,
    "build": """
        gcc g++ cc c++ clang clang++ cl rustc javac kotlinc scalac ghc swiftc nasm ld nvcc
        ninja cmake meson bazel_build buck_build scons xmake msbuild xcodebuild qmake emcc
        go_build go_run go_install go_generate cargo_build cargo_b cargo_run cargo_doc cargo_bench
        swift_build dotnet_build dotnet_publish dotnet_run dotnet_msbuild
        mvn_compile mvn_package mvn_install mvn_clean mvnw_package mvnw_compile mvnw_install
        mvnw_clean mvn mvnw gradle_build gradle_assemble gradlew_build gradlew_assemble gradle
        gradlew
        sbt_compile sbt_assembly lein_uberjar mix_compile zig_build stack_build cabal_build
        flutter_build webpack rollup vite_build vite esbuild parcel tsup next_build ng_build
        nuxt_build astro_build svelte-kit_build gatsby_build hugo jekyll_build mkdocs_build
        docker_build docker_buildx podman_build wails_build tauri_build electron-builder
        terraform_plan terraform_apply
        forge_build anchor_build latexmk pdflatex xelatex tectonic typst_compile pyinstaller
        python_-m_build uv_build hatch_build poetry_build nx_build turbo_build make gmake just_build
        sphinx-build wasm-pack trunk_build protoc buf_generate turbo
        """,
    "typecheck": """
        tsc vue-tsc tsgo mypy pyright basedpyright pyre pytype ty flow cargo_check go_vet
        svelte-check astro_check deno_check psalm phpstan sorbet srb_tc dialyzer mix_dialyzer
        typecheck terraform_validate tofu_validate
        """,
    "lint": """
        eslint biome_check biome_lint biome_ci biome oxlint tslint standard xo stylelint
        markdownlint markdownlint-cli2 ruff_check ruff flake8 pylint pycodestyle pydocstyle bandit
        golangci-lint staticcheck revive golint cargo_clippy clippy-driver shellcheck hadolint
        yamllint actionlint rubocop reek brakeman phpcs php-cs-fixer swiftlint ktlint detekt
        checkstyle spotbugs clang-tidy cppcheck buf_lint ansible-lint tflint pre-commit_run
        pre-commit lefthook_run commitlint codespell vale typos deno_lint mix_credo credo
        npm_audit pnpm_audit yarn_audit pip-audit cargo_audit cargo_deny govulncheck
        next_lint ng_lint nx_lint turbo_lint xmllint jsonlint eslint_d knip depcheck
        """,
    "format": """
        prettier black isort yapf autopep8 gofmt goimports gofumpt rustfmt cargo_fmt go_fmt
        ruff_format biome_format clang-format shfmt dprint swiftformat swift-format ktfmt
        dotnet_format mix_format deno_fmt stylua taplo zig_fmt terraform_fmt
        """,
    "install": """
        pip_install pip3_install pip pip3 uv_add uv_sync uv_pip uv_lock uv_tool uv_venv poetry_add
        poetry_install poetry_update poetry_lock pdm_add pdm_install pipenv_install pipx_install
        conda_install conda_create mamba_install pixi_add npm_install npm_i npm_ci npm_add
        npm_update
        npm_uninstall pnpm_install pnpm_i pnpm_add pnpm_update pnpm_remove yarn_install yarn_add
        yarn
        yarn_remove bun_install bun_add bun_i npm_link
        apt_install apt-get_install apt_update apt-get_update apt apt-get dnf_install yum_install
        apk_add pacman zypper_install brew_install brew_upgrade brew_tap brew choco_install
        scoop_install winget_install port_install nix-env nix_develop snap_install
        gem_install bundle_install bundle composer_install composer_require composer_update
        cargo_install cargo_add cargo_fetch cargo_update go_get go_mod rustup go_work
        dotnet_add dotnet_restore dotnet_tool nuget_install mix_deps.get
        flutter_pub dart_pub swift_package pod_install mise_install mise_use asdf_install nvm
        fnm volta pyenv_install corepack playwright_install npm_init npm_create pnpm_create
        yarn_create bun_create create-next-app create-react-app create-vite
        """,
    "search": """
        grep egrep fgrep rg ag ack git_grep zgrep findstr select-string sls ast-grep sg semgrep
        comby pt ugrep zoekt
        """,
    "list": """
        ls find fd fdfind tree git_ls-files dir gci get-childitem exa eza lsd git_ls-tree du
        locate mdfind stat file wc
        """,
    "read": """
        cat head tail less more bat nl tac od xxd hexdump strings get-content gc type
        zcat jq yq awk cut sort uniq plutil pdftotext
        exiftool mediainfo ffprobe otool nm objdump readelf ldd column
        """,
    "print": "echo printf : true false date pwd write-output write-host basename dirname seq yes",
    "shell": """
        cd pushd popd export source . set unset alias shopt ulimit umask trap local declare readonly
        typeset read return exit break continue shift set-location sl wait_for eval conda_activate
        setopt hash
        """,
    "ask": """
        which type whereis command where test [ [[ pgrep lsof get-command hash id whoami hostname
        uname git_check-ignore git_merge-base git_show-ref git_rev-parse kill_-0 nc systemctl_status
        systemctl_is-active git_diff-index cmp diff git_config git_ls-remote git_diff_--quiet
        gh_pr_checks gh_run_watch gh_run_view gh_auth_status pg_isready docker_inspect
        launchctl_list git_symbolic-ref
        expr let test-path netstat ss pidof getent brew_list pip_show pip_list npm_ls npm_list
        npm_outdated npm_view pnpm_list pnpm_outdated dpkg rpm npm_config
        """,
    "wait": "sleep wait start-sleep",
    "history": "git_show git_log git_diff git_blame git_status git_reflog git_branch git_tag "
    "git_stash_list git_stash_show git_describe git_remote git_shortlog git_cat-file "
    "git_worktree_list hg_log svn_log git_range-diff git_for-each-ref",
    "logs": "docker_logs docker_compose_logs docker-compose_logs kubectl_logs kubectl_describe "
    "journalctl dmesg pm2_logs heroku_logs adb_logcat podman_logs fly_logs vercel_logs log",
    "remote": "gh glab kubectl helm oc scp sftp az aws gcloud linear hub vercel netlify fly flyctl "
    "heroku",
    "fetch": "curl wget http https httpie invoke-webrequest iwr invoke-restmethod irm aria2c xh",
    "code": "python python3 python2 py node ruby perl php lua julia deno_eval deno_run osascript "
    "ipython bun ts-node tsx rscript elixir swift groovy scala irb pypy pypy3 sqlite sqlite3 "
    "duckdb psql mysql mariadb",
    "write": "cp mv rm mkdir touch tee ln chmod chown rmdir install rsync dd truncate "
    "apply_patch patch copy move del ren new-item remove-item set-content add-content out-file "
    "copy-item move-item git_mv git_rm tar unzip zip gzip gunzip ed ex xattr",
    "process": "kill pkill killall ps top htop taskkill stop-process get-process jobs fg "
    "bg tasklist",
}

PURPOSES: dict[str, str] = {
    name.replace("_", " ") if not name.startswith("_") else name: purpose
    for purpose, names in _BY_PURPOSE.items()
    for name in names.split()
} | {"apply_patch": "write", "clippy-driver": "lint", "codex apply_patch": "write"}

WITH_SUBCOMMANDS = frozenset(
    name.split(" ", 1)[0] for name in PURPOSES if " " in name and " -" not in name
) | {
    "git",
    "docker",
    "kubectl",
    "gh",
    "terraform",
    "helm",
    "systemctl",
    "launchctl",
    "supabase",
    "prisma",
    "drizzle-kit",
    "alembic",
    "rails",
    "artisan",
    "manage.py",
}
GLOBAL_OPTIONS_WITH_VALUE: dict[str, frozenset[str]] = {
    "git": frozenset({"-C", "-c", "--git-dir", "--work-tree"}),
    "go": frozenset({"-C"}),
    "npm": frozenset({"--prefix", "-w", "--workspace", "-C"}),
    "pnpm": frozenset({"-C", "--dir", "--filter", "-F"}),
    "yarn": frozenset({"--cwd"}),
    "bun": frozenset({"--cwd"}),
    "make": frozenset({"-C", "-f", "-j"}),
    "just": frozenset({"-f", "-d", "--justfile", "--working-directory"}),
    "gh": frozenset({"-R", "--repo"}),
    "docker": frozenset({"-f", "--file", "--context", "-H", "-p", "--profile", "--project-name"}),
    "docker-compose": frozenset({"-f", "--file", "-p", "--profile"}),
    "kubectl": frozenset({"-n", "--namespace", "--context", "--kubeconfig"}),
    "cargo": frozenset({"--manifest-path", "-C", "--config"}),
    "mvn": frozenset({"-f", "-pl", "-P", "-s"}),
    "uv": frozenset({"--directory", "--project"}),
    "poetry": frozenset({"-C", "--directory"}),
    "dotnet": frozenset(),
    "mise": frozenset({"-C", "--cd", "-E"}),
    "turbo": frozenset({"--filter", "-F"}),
}
SCRIPT_RUNNERS: dict[str, frozenset[str]] = {
    "npm": frozenset({"run", "run-script", "rum"}),
    "pnpm": frozenset({"run"}),
    "yarn": frozenset({"run"}),
    "bun": frozenset({"run"}),
    "mise": frozenset({"run", "r"}),
    "deno": frozenset({"task"}),
    "composer": frozenset({"run", "run-script"}),
    "turbo": frozenset({"run"}),
    "nx": frozenset({"run"}),
    "cargo": frozenset({"xtask", "make"}),
    "pdm": frozenset({"run"}),
    "dagger": frozenset({"call"}),
}
TASK_RUNNERS = names("make gmake just task rake invoke inv poe doit earthly lerna wireit")
"""Runners whose first operand is the name of a task of the project."""

_TASK_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "test",
        names(
            "test tests runtests runtest spec specs e2e unit integration vitest jest pytest "
            "coverage cov playwright cypress smoke"
        ),
    ),
    ("typecheck", names("typecheck types tsc mypy pyright vet typescript")),
    ("lint", names("lint eslint clippy ruff linter lints golangci biome shellcheck")),
    ("format", names("format fmt prettier black gofmt")),
    ("build", names("build compile bundle dist package all generate codegen gen")),
    ("verify", names("check verify ci validate precommit qa checks preflight quality")),
    ("install", names("install setup bootstrap deps")),
    ("serve", names("dev start serve watch preview up")),
)
_SPLIT = re.compile(r"[^a-z0-9]+")


def purpose_of_task(name: str) -> str:
    """Purpose of a project's own script or make target, by the words in its name."""
    lowered = name.lower()
    if "type" in lowered and "check" in lowered:
        return "typecheck"
    words = [w for w in _SPLIT.split(lowered) if w]
    for purpose, known in _TASK_WORDS:
        if any(word in known for word in words):
            return purpose
    return "run"
