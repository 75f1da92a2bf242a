//! Countries as cards name them, and as the rest of the world does.

/// The three letters of ICAO Doc 9303-3 §5, which are those of ISO 3166-1, each with the two of ISO 3166-1.
const ISO: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT \
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO \
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG \
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO \
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB \
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY \
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY \
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA \
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE \
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA \
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR \
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG \
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

/// What ICAO Doc 9303-3 §5 adds: Germany's one letter, the kinds of British nationals, Kosovo.
const ICAO: &[(&str, &str)] =
    &[("D", "DE"), ("GBD", "GB"), ("GBN", "GB"), ("GBO", "GB"), ("GBP", "GB"), ("GBS", "GB"), ("RKS", "XK")];

/// Signs of licence plates that stand for one country only, and are neither in ISO 3166-1 nor in Doc 9303: offices
/// filled them into the registers of residents long before cards had chips.
const PLATES: &[(&str, &str)] = &[
    ("A", "AT"),
    ("B", "BE"),
    ("CDN", "CA"),
    ("E", "ES"),
    ("F", "FR"),
    ("FL", "LI"),
    ("H", "HU"),
    ("I", "IT"),
    ("J", "JP"),
    ("L", "LU"),
    ("M", "MT"),
    ("N", "NO"),
    ("P", "PT"),
    ("RCH", "CL"),
    ("S", "SE"),
    ("SLO", "SI"),
    ("UK", "GB"),
    ("V", "VA"),
];

/// ISO 3166-1 alpha-2 of a country as a card names it; what is not known stays as it is.
#[must_use]
pub fn alpha_2(code: &str) -> &str {
    // TR-03110-4 lets the field be filled up; Doc 9303 fills with `<`.
    let code = code.trim_matches([' ', '<']);
    let known = ICAO.iter().chain(PLATES).find(|(name, _)| *name == code).map(|(_, alpha_2)| *alpha_2);
    known
        .or_else(|| ISO.split(' ').find_map(|pair| pair.strip_prefix(code).filter(|two| two.len() == 2)))
        .unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_tables_are_tables() {
        let pairs: Vec<&str> = ISO.split(' ').collect();
        assert!(pairs.iter().all(|pair| pair.len() == 5 && pair.bytes().all(|b| b.is_ascii_uppercase())));
        let twos: BTreeSet<&str> = pairs.iter().map(|pair| &pair[3..]).collect();
        assert_eq!((pairs.len(), twos.len()), (249, 249), "every country once");
        for (name, two) in ICAO.iter().chain(PLATES) {
            assert!(twos.contains(two) || *two == "XK", "{two}");
            assert!(!twos.contains(name), "{name} would be read as two letters of ISO");
            assert!(!pairs.iter().any(|pair| pair.starts_with(name) && name.len() == 3), "{name}");
        }
    }

    #[test]
    fn countries_of_cards() {
        for (card, two) in [
            ("D", "DE"),
            ("D<<", "DE"),
            ("D  ", "DE"),
            ("TUR", "TR"),
            ("AUT", "AT"),
            ("A", "AT"),
            ("CHE", "CH"),
            ("CH", "CH"),
            ("GBR", "GB"),
            ("GBD", "GB"),
            ("XXA", "XXA"),
            ("DE", "DE"),
            ("AB", "AB"),
            ("", ""),
        ] {
            assert_eq!(alpha_2(card), two, "{card}");
        }
    }
}
