"""The commands, each module one noun; `ALL` is the order in which help names them."""

from tocsin.cli.commands.actions import add as add_actions
from tocsin.cli.commands.analysis import add as add_analysis
from tocsin.cli.commands.api import add as add_api
from tocsin.cli.commands.arming import add as add_arming
from tocsin.cli.commands.backup import add as add_backup
from tocsin.cli.commands.controls import add as add_controls
from tocsin.cli.commands.counsel import add as add_counsel
from tocsin.cli.commands.coverage import add as add_coverage
from tocsin.cli.commands.demo import add as add_demo
from tocsin.cli.commands.detect import add as add_detect
from tocsin.cli.commands.digest import add as add_digest
from tocsin.cli.commands.export import add as add_export
from tocsin.cli.commands.first_hour import add as add_first_hour
from tocsin.cli.commands.handover import add as add_handover
from tocsin.cli.commands.hold import add as add_hold
from tocsin.cli.commands.home import add as add_home
from tocsin.cli.commands.incident import add as add_incident
from tocsin.cli.commands.judge import add as add_judge
from tocsin.cli.commands.key import add as add_key
from tocsin.cli.commands.law import add as add_law
from tocsin.cli.commands.log import add as add_log
from tocsin.cli.commands.metrics import add as add_metrics
from tocsin.cli.commands.model import add as add_model
from tocsin.cli.commands.notice import add as add_notice
from tocsin.cli.commands.oncall import add as add_oncall
from tocsin.cli.commands.outbox import add as add_outbox
from tocsin.cli.commands.playbook import add as add_playbook
from tocsin.cli.commands.playbook import add_short as add_plan
from tocsin.cli.commands.postmortem import add as add_postmortem
from tocsin.cli.commands.profile import add as add_profile
from tocsin.cli.commands.recovery import add as add_recovery
from tocsin.cli.commands.register import add as add_register
from tocsin.cli.commands.report import add as add_report
from tocsin.cli.commands.say import add as add_say
from tocsin.cli.commands.signals import add as add_signals
from tocsin.cli.commands.silence import add as add_silence
from tocsin.cli.commands.statements import add as add_statements
from tocsin.cli.commands.switch import add as add_switch
from tocsin.cli.commands.tell import add as add_tell
from tocsin.cli.commands.triage import add as add_triage
from tocsin.cli.commands.verify import add as add_verify
from tocsin.cli.commands.watch import add as add_watch
from tocsin.cli.commands.web import add as add_web
from tocsin.cli.commands.witness import add as add_witness
from tocsin.cli.commands.work import add as add_work

ALL = (
    add_home,
    add_register,
    add_first_hour,
    add_tell,
    add_say,
    add_statements,
    add_notice,
    add_incident,
    add_analysis,
    add_counsel,
    add_recovery,
    add_model,
    add_hold,
    add_law,
    add_arming,
    add_playbook,
    add_plan,
    add_coverage,
    add_controls,
    add_detect,
    add_profile,
    add_watch,
    add_judge,
    add_digest,
    add_silence,
    add_signals,
    add_triage,
    add_work,
    add_outbox,
    add_oncall,
    add_handover,
    add_switch,
    add_web,
    add_api,
    add_report,
    add_postmortem,
    add_actions,
    add_metrics,
    add_log,
    add_verify,
    add_export,
    add_witness,
    add_key,
    add_backup,
    add_demo,
)
