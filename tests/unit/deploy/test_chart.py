"""The Helm chart renders, what it renders is valid Kubernetes, and wrong values are refused with their name.

Without Helm in the cache (`make servers`) these tests skip. No cluster is here: nothing of it is installed anywhere.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from deploy.servers.cache import Unavailable, installed
from deploy.servers.fetch import HELM
from jsonschema import Draft202012Validator

from reentra.common.jobs.census import WORKERS
from reentra.standalone.settings import unknown_settings

CHART = Path(__file__).parents[3] / "deploy" / "chart"
VALUES = Path(__file__).parent / "values"
KUBERNETES = ("1.28.0", "1.34.0")
SERVICES = {"gateway", "auth", "scheduler", *WORKERS}
SCALED_OBJECT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "keda.sh/v1alpha1"},
        "kind": {"const": "ScaledObject"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["scaleTargetRef", "triggers"],
            "properties": {
                "scaleTargetRef": {"type": "object", "required": ["name"]},
                "pollingInterval": {"type": "integer", "minimum": 0},
                "cooldownPeriod": {"type": "integer", "minimum": 0},
                "minReplicaCount": {"type": "integer", "minimum": 0},
                "maxReplicaCount": {"type": "integer", "minimum": 1},
                "fallback": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["failureThreshold", "replicas"],
                    "properties": {
                        "failureThreshold": {"type": "integer", "minimum": 1},
                        "replicas": {"type": "integer", "minimum": 0},
                    },
                },
                "triggers": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["type", "metadata"],
                        "properties": {
                            "type": {"const": "metrics-api"},
                            "metadata": {
                                "type": "object",
                                "additionalProperties": {"type": "string"},
                                "required": ["url", "valueLocation", "targetValue"],
                            },
                        },
                    },
                },
            },
        },
    },
}
"""Written from KEDA's documentation; its own definition is not in any package index."""


class OnceOnly(yaml.SafeLoader):
    """Refuses a mapping that has a key twice, as strict readers do."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _value in node.value]
        assert sorted(set(keys)) == sorted(keys), keys
        return super().construct_mapping(node, deep)


def helm(*words: str) -> subprocess.CompletedProcess[str]:
    try:
        program = installed(HELM) / "helm"
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=120, check=False)


def render(values: str, *, release: str = "contoso", kubernetes: str = KUBERNETES[-1]) -> list[dict[str, Any]]:
    chosen = ("--values", str(VALUES / values), "--kube-version", kubernetes, "--namespace", "backup")
    done = helm("template", release, str(CHART), *chosen)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.load_all(done.stdout, Loader=OnceOnly) if each]


def of_kind(kind: str, objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"].removeprefix("contoso-reentra-"): each for each in objects if each["kind"] == kind}


def pods(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for kind in ("Deployment", "Job"):
        for each in of_kind(kind, objects).values():
            yield each["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    return render("everything.yaml")


@pytest.mark.parametrize("values", ["minimal.yaml", "everything.yaml", "bare.yaml", "awkward.yaml"])
@pytest.mark.parametrize("kubernetes", KUBERNETES)
def test_what_is_rendered_is_valid(values: str, kubernetes: str) -> None:
    for each in render(values, kubernetes=kubernetes):
        if each["kind"] == "ScaledObject":
            Draft202012Validator(SCALED_OBJECT).validate(each)
        else:
            kubernetes_validate.validate(each, kubernetes, strict=True)


def test_the_linter_has_nothing_to_say() -> None:
    done = helm("lint", "--strict", str(CHART), "--values", str(VALUES / "everything.yaml"), "--kube-version", "1.34.0")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("publicUrl=reentra.contoso.com", "publicUrl"),
        ("mongo.existingSecret=", "existingSecret"),
        ("s3.endpoint=https://key:secret@s3.contoso.com", "endpoint"),
        ("kafka.bootstrapServers[0]=kafka", "bootstrapServers"),
        ("kafka.securityProtocol=SASL_SSL", "mechanism"),
        ("services.collector.replicas=two", "replicas"),
        ("services.worker.replicas=2", "worker"),
        ("settings.FEED_DAYS=3", "FEED_DAYS"),
        ("settings.REENTRA_S3__SECRET_KEY=x", "REENTRA_S3__SECRET_KEY"),
        ("settings.REENTRA_MONGO__URL=mongodb://x", "REENTRA_MONGO__URL"),
        ("secretFiles[0]=mongo", "secretFiles"),
        ("image.digest=latest", "digest"),
        ("ingress.enabled=true", "host"),
        ("ingres.enabled=true", "ingres"),
        ("settings.REENTRA_S3__BUCKET=other", "REENTRA_S3__BUCKET"),
        ("settings.REENTRA_HEALTH__HOST=x", "REENTRA_HEALTH__HOST"),
        ("settings.REENTRA_AUTH__PUBLIC_URL_FILE=/x", "REENTRA_AUTH__PUBLIC_URL_FILE"),
        ("s3.bucket=My_Bucket", "bucket"),
    ],
)
def test_wrong_values_are_refused_by_name(change: str, named: str) -> None:
    chosen = ("--values", str(VALUES / "minimal.yaml"), "--kube-version", KUBERNETES[-1])
    done = helm("template", "contoso", str(CHART), *chosen, "--set", change)
    assert done.returncode != 0
    assert named in done.stderr


def test_values_without_a_server_are_refused() -> None:
    done = helm("template", "contoso", str(CHART), "--kube-version", KUBERNETES[-1])
    assert done.returncode != 0
    for name in ("publicUrl", "keys", "bootstrapServers", "mongo", "s3"):
        assert name in done.stderr


def test_pods_have_the_annotations_that_somebody_wants() -> None:
    """Said in place of the chart's own, and not beside them."""
    annotations = of_kind("Deployment", render("awkward.yaml"))["gateway"]["spec"]["template"]["metadata"][
        "annotations"
    ]
    assert annotations["prometheus.io/scrape"] == "false"
    assert annotations["prometheus.io/port"] == "8081"


@pytest.mark.parametrize("release", ["contoso-europe-west-production-identity-backup-number", "contoso.eu"])
def test_any_release_gets_names_that_services_can_have(release: str) -> None:
    objects = render("minimal.yaml", release=release)
    names = [each["metadata"]["name"] for each in objects]
    assert [name for name in names if not re.fullmatch("[a-z][a-z0-9-]{0,61}[a-z0-9]", name)] == []
    assert len({(each["kind"], each["metadata"]["name"]) for each in objects}) == len(objects)


def test_release_that_begins_with_a_digit_is_refused() -> None:
    done = helm(
        "template", "2026", str(CHART), "--values", str(VALUES / "minimal.yaml"), "--kube-version", KUBERNETES[-1]
    )
    assert done.returncode != 0
    assert "choose another name" in done.stderr


def test_every_service_is_probed_guarded_and_writes_to_volumes_only(everything: list[dict[str, Any]]) -> None:
    assert set(of_kind("Deployment", everything)) == SERVICES
    assert set(of_kind("PodDisruptionBudget", everything)) == SERVICES
    for pod in pods(everything):
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    for each in of_kind("Deployment", everything).values():
        [container] = each["spec"]["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}


def test_a_gateway_that_is_replaced_answers_until_nobody_is_sent_to_it(everything: list[dict[str, Any]]) -> None:
    deployment = of_kind("Deployment", everything)["gateway"]["spec"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    pod = deployment["template"]["spec"]
    [_sleep, seconds] = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert 0 < int(seconds) < pod["terminationGracePeriodSeconds"]


def test_every_setting_is_one_of_reentras(everything: list[dict[str, Any]]) -> None:
    named = {variable["name"] for pod in pods(everything) for variable in pod["containers"][0]["env"]}
    assert list(unknown_settings(dict.fromkeys(named, ""))) == []
    assert "REENTRA_MONGO__URL_FILE" in named


def test_no_secret_stands_in_what_is_rendered(everything: list[dict[str, Any]]) -> None:
    assert "Secret" not in {each["kind"] for each in everything}
    mounted = {
        volume["secret"]["secretName"] for pod in pods(everything) for volume in pod["volumes"] if "secret" in volume
    }
    more = {"kafka-client", "reentra-registrations"}
    assert mounted == {"reentra-keys", "reentra-kafka", "contoso-ca", "reentra-mongo", "reentra-s3"} | more


def test_files_that_settings_name_are_mounted(everything: list[dict[str, Any]]) -> None:
    for pod in pods(everything):
        [container] = pod["containers"]
        places = tuple(mount["mountPath"] + "/" for mount in container["volumeMounts"])
        named = [variable["value"] for variable in container["env"] if variable["name"].endswith("_FILE")]
        assert "/run/secrets/kafka-client/client.pem" in named
        assert [path for path in named if not path.startswith(places)] == []


def test_workers_are_scaled_on_the_work_that_the_scheduler_tells(everything: list[dict[str, Any]]) -> None:
    scaled, deployments = of_kind("ScaledObject", everything), of_kind("Deployment", everything)
    [port] = of_kind("Service", everything)["scheduler"]["spec"]["ports"]
    assert set(scaled) == set(WORKERS)
    for service, each in scaled.items():
        assert each["spec"]["scaleTargetRef"]["name"] == deployments[service]["metadata"]["name"]
        assert each["spec"]["fallback"]["replicas"] >= 1
        [trigger] = each["spec"]["triggers"]
        url = f"http://contoso-reentra-scheduler.backup.svc:{port['port']}/work"
        assert trigger["metadata"]["url"] == url
        assert trigger["metadata"]["valueLocation"] == service
        # Two who decide how many there are would take turns.
        assert "replicas" not in deployments[service]["spec"]
    assert scaled["collector"]["spec"]["maxReplicaCount"] == 20
    assert deployments["gateway"]["spec"]["replicas"] == 2
    assert of_kind("ScaledObject", render("minimal.yaml")) == {}


def test_only_those_who_talk_to_microsoft_reach_the_world(everything: list[dict[str, Any]]) -> None:
    policies = of_kind("NetworkPolicy", everything)
    [allowed] = policies["microsoft"]["spec"]["podSelector"]["matchExpressions"]
    assert allowed["values"] == ["gateway", "auth", "collector", "restorer"]
    everywhere = policies["contoso-reentra"]["spec"]
    assert everywhere["policyTypes"] == ["Ingress", "Egress"]
    assert all("to" in rule for rule in everywhere["egress"][1:])
    assert len(everywhere["ingress"][0]["from"]) == 2


def test_topics_are_brought_up_to_date_before_the_services(everything: list[dict[str, Any]]) -> None:
    job = of_kind("Job", everything)["topics"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["topics", "apply"]
