"""One row for every command about uploads by POST."""

from core.model.commands.command import Command
from core.model.commands.image.iso import GetUploadParamsForIso
from core.model.commands.internal import TakeUpload
from core.model.commands.template import GetUploadParamsForTemplate
from core.model.commands.volume import GetUploadParamsForVolume
from core.plans.row import Row
from core.plans.upload import iso, receive, template, volume

PLANS: dict[type[Command], Row] = {
    GetUploadParamsForVolume: Row(checks=(volume.check,), once=(volume.quota,), claim=volume.claim),
    GetUploadParamsForTemplate: Row(
        checks=(template.check,), once=(template.quota,), claim=template.claim
    ),
    GetUploadParamsForIso: Row(checks=(iso.check,), once=(iso.quota,), claim=iso.claim),
    TakeUpload: Row(
        checks=(receive.check,),
        claim=receive.claim,
        plan=receive.plan,
        outcome=receive.outcome,
    ),
}
