"""The cluster's page: nodes, dispatchers, data sets."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from service.team.access import Role
from tests.api.served import Dispatcher, Served, serving, spec
from tests.web.conftest import Visitor
from tests.web.objects import ClusterPage


def test_what_dispatchers_report_is_shown_as_it_comes(visitor: Visitor, served: Served):
    cluster = ClusterPage.open(visitor)
    expect(
        cluster.page.get_by_role("heading", name="No dispatcher has been heard")
    ).to_be_visible()
    expect(cluster.row("digits")).to_contain_text("here")
    expect(cluster.row("cifar10")).to_contain_text("tclsearch data fetch cifar10")
    job_id = served.person().post("/jobs", json=spec()).json()["id"]
    nodes = ({"cpus": 4, "gpus": 0}, {"cpus": 4, "gpus": 0}, {"cpus": 1, "gpus": 2})
    Dispatcher.of(served, nodes=nodes).claim(job_id).reserve()
    expect(cluster.figure("Slots busy")).to_have_text("1 of 9")
    expect(cluster.figure("Nodes")).to_have_text("3")
    expect(cluster.figure("GPUs")).to_have_text("2")
    expect(cluster.cluster("cluster-1")).to_contain_text("2 nodes with 4 CPUs")
    expect(cluster.cluster("cluster-1")).to_contain_text("1 node with 1 CPU, 2 GPUs")
    expect(cluster.row("dispatcher-1")).to_contain_text("alive")
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_a_lost_service_is_told_and_its_return_noticed(visitor: Visitor, served: Served):
    Dispatcher.of(served).beat()
    cluster = ClusterPage.open(visitor)
    expect(cluster.row("dispatcher-1")).to_be_visible()
    cluster.page.context.set_offline(True)
    expect(cluster.notice).to_contain_text("Trying again")
    expect(cluster.row("dispatcher-1")).to_be_visible()
    cluster.page.context.set_offline(False)
    expect(cluster.notice).to_be_hidden()


def test_an_administrator_is_led_to_the_dashboard_of_ray(browser: Browser, tmp_path: Path):
    with serving(tmp_path, ray_dashboard_url="https://ray.example.org/x") as served:
        for role, shown in ((Role.EDITOR, False), (Role.ADMIN, True)):
            with browser.new_context() as context:
                token = served.person(role).headers["Authorization"].removeprefix("Bearer ")
                cluster = ClusterPage.open(Visitor(context.new_page(), served, token))
                expect(cluster.figure("Nodes")).to_have_text("0")
                link = cluster.page.locator("#ray")
                expect(link).to_be_visible(visible=shown)
                if shown:
                    expect(link).to_have_attribute("href", "https://ray.example.org/x")
