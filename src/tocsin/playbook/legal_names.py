"""The legal facts that plans may name: each key with its type and its words.

Written by `python -m tests.legal_names` from law/facts.toml; do not edit. A test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.register.legal_keys import KeyType

LEGAL_KEYS: Mapping[str, tuple[KeyType, str, str]] = {
    "entity": (
        KeyType.CHOICE,
        "entity_class entity_type",
        (
            "credit-institution payment-institution account-information-service-provider "
            "electronic-money-institution investment-firm crypto-asset-service-provider "
            "crypto-asset-issuer central-securities-depository central-counterparty "
            "trading-venue trade-repository manager-of-alternative-investment-funds "
            "management-company data-reporting-service-provider insurance-undertaking "
            "reinsurance-undertaking insurance-intermediary reinsurance-intermediary "
            "ancillary-insurance-intermediary "
            "institution-for-occupational-retirement-provision credit-rating-agency "
            "administrator-of-critical-benchmarks crowdfunding-service-provider "
            "securitisation-repository ict-third-party-service-provider essential-entity "
            "important-entity none bank insurer lender broker-dealer hospital health-plan "
            "device-manufacturer user-facility covered-entity business-associate "
            "frontier-developer large-frontier-developer cii-operator central-body "
            "network-operator essential=essential-entity important=important-entity "
            "insurance-company=insurance-undertaking reinsurer=reinsurance-undertaking "
            "ccp=central-counterparty csd=central-securities-depository "
            "aifm=manager-of-alternative-investment-funds "
            "crypto-asset-provider=crypto-asset-service-provider "
            "e-money-institution=electronic-money-institution "
            "payment-service-provider=payment-institution "
            "pension-fund=institution-for-occupational-retirement-provision "
            "rating-agency=credit-rating-agency"
        ),
    ),
    "system.route": (
        KeyType.CHOICE,
        "route ai_act.route high_risk_route",
        "annex-iii annex-i none",
    ),
    "system.significant_design_change": (
        KeyType.YES_NO,
        "significant_design_change system.design_changed system.significant_change",
        "",
    ),
    "system.in_own_name": (KeyType.YES_NO, "own_name product.own_name", ""),
    "system.equivalent_reporting": (KeyType.YES_NO, "equivalent_reporting", ""),
    "system.own_gpai_model": (
        KeyType.YES_NO,
        "own_gpai_model system.gpai_same_provider gpai.same_undertaking",
        "",
    ),
    "system.in_very_large_platform": (KeyType.YES_NO, "system.in_vlop vlop vlose", ""),
    "real_world_testing": (KeyType.YES_NO, "", ""),
    "gpai.systemic_risk": (
        KeyType.YES_NO,
        "gpai_systemic_risk systemic_risk model.systemic_risk gpai.with_systemic_risk",
        "",
    ),
    "gpai.code_signatory": (KeyType.YES_NO, "code_signatory gpai.signatory", ""),
    "nis2.class": (KeyType.CHOICE, "nis2_class nis2 nis2.entity", "essential important none"),
    "nis2.trust_service": (KeyType.YES_NO, "trust_service_provider nis2.trust_services", ""),
    "dora.named_by_authority": (KeyType.YES_NO, "dora.no_weekend_relief", ""),
    "digital_product": (
        KeyType.YES_NO,
        "product_with_digital_elements cra.product system.digital_product cra.in_scope",
        "",
    ),
    "consumer_product": (
        KeyType.YES_NO,
        "system.consumer_product product.consumer gpsr.product",
        "",
    ),
    "classified": (KeyType.INSTANT, "", ""),
    "causal_link_likely": (KeyType.INSTANT, "", ""),
    "resolved": (KeyType.INSTANT, "", ""),
    "provider_reachable": (KeyType.YES_NO, "", ""),
    "report.incomplete": (KeyType.YES_NO, "", ""),
    "authority.told_of_alteration": (KeyType.INSTANT, "", ""),
    "authority.order_received": (KeyType.INSTANT, "", ""),
    "authority.order_days": (KeyType.COUNT, "", ""),
    "authority.request_received": (KeyType.INSTANT, "", ""),
    "system.not_in_conformity": (KeyType.YES_NO, "", ""),
    "system.presents_risk": (KeyType.YES_NO, "", ""),
    "gpai.threshold_met": (KeyType.INSTANT, "", ""),
    "personal_data": (KeyType.YES_NO, "", ""),
    "personal_data.high_risk": (KeyType.YES_NO, "", ""),
    "personal_data.cross_border": (KeyType.YES_NO, "", ""),
    "nis2.significant": (KeyType.YES_NO, "", ""),
    "nis2.ongoing": (KeyType.YES_NO, "", ""),
    "nis2.intermediate_requested": (KeyType.INSTANT, "", ""),
    "nis2.recipients_affected": (KeyType.YES_NO, "", ""),
    "recovered": (KeyType.INSTANT, "", ""),
    "dora.clients_concerned": (KeyType.YES_NO, "", ""),
    "dora.reclassified": (KeyType.INSTANT, "", ""),
    "cra.exploited_vulnerability": (KeyType.YES_NO, "", ""),
    "cra.severe_incident": (KeyType.YES_NO, "", ""),
    "cra.measure_available": (KeyType.INSTANT, "", ""),
    "device.field_action_decided": (KeyType.INSTANT, "", ""),
    "received": (KeyType.INSTANT, "", ""),
    "reply_days": (KeyType.COUNT, "", ""),
    "device": (
        KeyType.YES_NO,
        "medical_device system.device system.medical_device device.medical",
        "",
    ),
    "hipaa.role": (
        KeyType.CHOICE,
        "hipaa_role hipaa.entity",
        "covered-entity business-associate neither",
    ),
    "phr.vendor": (KeyType.YES_NO, "phr_vendor health_app personal_health_records", ""),
    "nydfs.covered_entity": (
        KeyType.YES_NO,
        "nydfs_covered_entity nydfs.covered dfs.covered_entity",
        "",
    ),
    "sec.registrant": (KeyType.YES_NO, "sec_registrant listed_us sec.in_scope", ""),
    "frontier_developer": (KeyType.YES_NO, "frontier.developer frontier_model", ""),
    "frontier.large": (KeyType.YES_NO, "frontier_developer_large large_frontier_developer", ""),
    "nydfs.certified": (KeyType.INSTANT, "nydfs.last_certification", ""),
    "frontier.summary_sent": (KeyType.INSTANT, "", ""),
    "frontier.disclosed": (KeyType.INSTANT, "", ""),
    "creditor": (KeyType.YES_NO, "lender credit.creditor", ""),
    "hiring_tool": (KeyType.YES_NO, "aedt ll144.tool automated_employment_decision_tool", ""),
    "pecr.provider": (KeyType.YES_NO, "pecr_provider", ""),
    "br.small_agent": (KeyType.YES_NO, "small_agent anpd.small_agent", ""),
    "osfi.regulated": (KeyType.YES_NO, "frfi osfi_regulated", ""),
    "determined": (KeyType.INSTANT, "", ""),
    "reasonable_belief": (KeyType.INSTANT, "", ""),
    "material": (KeyType.INSTANT, "", ""),
    "assessed": (KeyType.INSTANT, "", ""),
    "paid": (KeyType.INSTANT, "", ""),
    "correction_started": (KeyType.INSTANT, "", ""),
    "adverse_outcome": (KeyType.INSTANT, "", ""),
    "security_incident": (KeyType.YES_NO, "", ""),
    "sec.information_available": (KeyType.INSTANT, "", ""),
    "new_information": (KeyType.INSTANT, "", ""),
    "remedial_action_needed": (KeyType.INSTANT, "", ""),
    "fda.five_day_request": (KeyType.INSTANT, "", ""),
    "correction.reduces_health_risk": (KeyType.YES_NO, "", ""),
    "phi": (KeyType.YES_NO, "", ""),
    "individuals": (KeyType.COUNT, "", ""),
    "individuals_in_one_state": (KeyType.COUNT, "", ""),
    "hipaa.should_have_known": (KeyType.INSTANT, "", ""),
    "critical_safety_incident": (KeyType.YES_NO, "", ""),
    "imminent_risk": (KeyType.YES_NO, "", ""),
    "discrimination_found": (KeyType.INSTANT, "", ""),
    "application_completed": (KeyType.INSTANT, "", ""),
    "counteroffer": (KeyType.INSTANT, "", ""),
    "consumer_report_used": (KeyType.YES_NO, "", ""),
    "attorney_general.notice": (KeyType.INSTANT, "", ""),
    "attorney_general.demand": (KeyType.INSTANT, "", ""),
    "bias_audited": (KeyType.INSTANT, "bias_audit ll144.audited", ""),
    "cn.level": (KeyType.CHOICE, "", "general relatively-major major especially-major"),
    "br.relevant_damage": (KeyType.YES_NO, "", ""),
}
"""Type, other spellings of the key in a register, and choices; `a=b`: the word a is read as b."""
